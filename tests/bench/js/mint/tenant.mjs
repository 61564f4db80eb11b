// The administrative state of one tenant: how its people stand, and its LiveKit project.
import { DurableObject } from "cloudflare:workers";

const MEMBER = ["voice:join", "rooms:read", "calls:read", "devices:read"];

export class Tenant extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, status TEXT, role TEXT)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS project (api_key TEXT PRIMARY KEY, api_secret TEXT, url TEXT)");
  }

  setUp(project, people) {
    this.sql.exec("INSERT INTO project VALUES (?, ?, ?)", project.api_key, project.api_secret, project.url);
    for (const id of people) this.sql.exec("INSERT INTO person VALUES (?, 'active', 'member')", id);
  }

  standing(user) {
    const person = this.sql.exec("SELECT status, role FROM person WHERE id = ?", user).toArray()[0];
    return person && { ...person, permissions: MEMBER, plan: "free", epoch: 0 };
  }

  project(key) {
    return this.sql.exec("SELECT * FROM project WHERE api_key = ?", key).toArray()[0];
  }
}
