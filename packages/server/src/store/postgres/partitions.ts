import type { ClientBase } from "pg";

export type PartitionedTable = "chunk" | "batch";

export interface Partition {
  name: string;
  /** As the table's rows have it: `YYYY-MM-DD` or a day number. */
  day: string;
}

const NAME = /^(chunk|batch)_d([0-9_]+)$/;

/** Makes the partitions of these days that are not there. Attaching lets readers and writers of other days go on. */
export async function createPartitions(
  client: ClientBase,
  table: PartitionedTable,
  days: Iterable<string>,
): Promise<void> {
  const names = new Map([...days].map((day) => [partitionName(table, day), day]));
  const { rows } = await client.query<{ name: string }>(
    "select name from unnest($1::text[]) name where to_regclass(name) is null",
    [[...names.keys()]],
  );
  for (const { name } of rows) {
    const day = names.get(name)!;
    await client.query(`create table ${name} (like ${table} including all)`);
    const bound = table === "chunk" ? `'${day}'` : day;
    await client.query(`alter table ${table} attach partition ${name} for values in (${bound})`);
  }
}

/** Every partition of a table, oldest day first. */
export async function listPartitions(client: ClientBase, table: PartitionedTable): Promise<Partition[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = to_regclass($1) order by c.relname`,
    [table],
  );
  return rows.flatMap(({ name }) => {
    const day = NAME.exec(name)?.[2];
    return day === undefined ? [] : [{ name, day: day.replaceAll("_", "-") }];
  });
}

export async function dropPartition(client: ClientBase, { name }: Partition): Promise<void> {
  await client.query(`drop table if exists ${name}`);
}

function partitionName(table: PartitionedTable, day: string): string {
  if (!/^(\d{4}-\d{2}-\d{2}|\d{1,6})$/.test(day)) throw new RangeError(`${JSON.stringify(day)} is no day.`);
  return `${table}_d${day.replaceAll("-", "_")}`;
}
