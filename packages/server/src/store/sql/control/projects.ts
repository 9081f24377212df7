import type { Attributes } from "@gatewatch/protocol";
import type { Selectable } from "kysely";
import type { ControlStore, ProjectRecord } from "../../../model/store.ts";
import type { Database } from "../dialect.ts";
import { parseJson } from "../stored-json.ts";
import type { Tables } from "../tables.ts";

type ProjectMethods = Pick<
  ControlStore,
  "listProjects" | "getProject" | "findProject" | "createProject" | "updateProject"
>;

export function createProjectMethods(db: Database): ProjectMethods {
  return {
    listProjects: () => listProjects(db),
    async getProject(id) {
      const row = await db.selectFrom("project").selectAll().where("id", "=", id).executeTakeFirst();
      return row ? toProject(row) : null;
    },
    findProject: (slug) => findProject(db, slug),
    async createProject({ name, slug, at }) {
      const row = await db
        .insertInto("project")
        .values({ name, slug, createdAt: at, settings: "{}" })
        .onConflict((conflict) => conflict.column("slug").doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row) return toProject(row);
      const existing = await findProject(db, slug);
      if (!existing) throw new Error(`The project ${slug} was removed while it was being created.`);
      return existing;
    },
    async updateProject(id, patch) {
      const values: { name?: string; settings?: string } = {};
      if (patch.name !== undefined) values.name = patch.name;
      if (patch.settings !== undefined) values.settings = JSON.stringify(patch.settings);
      const row = await db
        .updateTable("project")
        .set((eb) => ({ name: eb.ref("name"), ...values }))
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirst();
      return row ? toProject(row) : null;
    },
  };
}

/** Every project, oldest first. */
export async function listProjects(db: Database): Promise<ProjectRecord[]> {
  return (await db.selectFrom("project").selectAll().orderBy("id").execute()).map(toProject);
}

async function findProject(db: Database, slug: string): Promise<ProjectRecord | null> {
  const row = await db.selectFrom("project").selectAll().where("slug", "=", slug).executeTakeFirst();
  return row ? toProject(row) : null;
}

function toProject(row: Selectable<Tables["project"]>): ProjectRecord {
  return { ...row, settings: parseJson<Attributes>(row.settings) };
}
