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
    async updateProject(id, { name, settings }) {
      for (;;) {
        const old = await db.selectFrom("project").selectAll().where("id", "=", id).executeTakeFirst();
        if (old === undefined) return null;
        const merged =
          settings === undefined
            ? old.settings
            : JSON.stringify({ ...parseJson<Attributes>(old.settings), ...settings });
        const row = await db
          .updateTable("project")
          .set({ name: name ?? old.name, settings: merged })
          .where("id", "=", id)
          // Whoever wrote in between is read again, so that neither loses what the other set.
          .where("name", "=", old.name)
          .where("settings", "=", old.settings)
          .returningAll()
          .executeTakeFirst();
        if (row !== undefined) return toProject(row);
      }
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
