// A session of an adviser and of an officer with openapi-fetch and the types that openapi-typescript makes: see use.mjs.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

const { FINRUST_ADDRESS = "", FINRUST_AUTHENTICATOR = "", FINRUST_DEMO = "", FINRUST_CLIENT = "" } = process.env;

/** What a call of openapi-fetch gives. */
interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Somebody with a browser of their own. */
class Person {
  readonly api: Client<paths> = createClient<paths>({ baseUrl: FINRUST_ADDRESS });
  readonly known: Schemas["LoginBody"];

  constructor(role: "adviser" | "officer") {
    this.known = JSON.parse(readFileSync(`${FINRUST_DEMO}/${role}.json`, "utf8"));
    // Node's fetch keeps no cookies.
    const cookies = new Map<string, string>();
    this.api.use({
      onRequest({ request }) {
        request.headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
        return request;
      },
      onResponse({ response }) {
        for (const cookie of response.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]*)=([^;]*)/u.exec(cookie) ?? [];
          cookies.set(name, value);
        }
      },
    });
  }

  /** Signs in, adds a second factor, and signs in again with both. */
  async signIn() {
    const { api, known } = this;
    told("post_login", await api.POST("/api/login", { body: known }));
    const { secret } = told("post_two_factor", await api.POST("/api/two-factor", { body: { password: known.password } }));
    told("post_two_factor_confirm", await api.POST("/api/two-factor/confirm", { body: { code: await code(secret) } }));
    told("post_logout", await api.POST("/api/logout"));
    const first = told("post_login", await api.POST("/api/login", { body: known }));
    holds(first.next === "two_factor", first);
    const second = told("post_login_two_factor", await api.POST("/api/login/two-factor", { body: { code: await code(secret) } }));
    holds(second.next === "done", second);
    const session = told("get_session", await api.GET("/api/session"));
    holds(session.two_factor, session);
  }
}

/** Says what an answer was, for the judge, and gives it. */
function told<Data>(operation: string, { data, error, response }: Result<Data>): Data {
  console.log(JSON.stringify({ operation, answer: data ?? null }));
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${JSON.stringify(error)}`);
  return data as Data;
}

function holds(condition: boolean, told: unknown): asserts condition {
  if (!condition) throw new Error(`unexpected: ${JSON.stringify(told)}`);
}

function tag({ response }: { response: Response }): string {
  return response.headers.get("etag") ?? "";
}

async function code(secret: string): Promise<string> {
  return (await fetch(`${FINRUST_AUTHENTICATOR}/${secret}`)).text();
}

/** A moment so many hours ago, to the second. */
function moment(hours = 0): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString().replace(/\.\d+Z$/u, "Z");
}

/** Reads every file, page by page. */
async function readAll({ api }: Person): Promise<number> {
  let count = 0;
  for (let cursor: string | undefined | null; cursor !== null;) {
    const page = told("post_clients_search", await api.POST("/api/clients/search", { body: { limit: 10, cursor } }));
    for (const { id } of page.items) {
      told("get_clients_id", await api.GET("/api/clients/{id}", { params: { path: { id } } }));
      count += 1;
    }
    cursor = page.next ?? null;
  }
  return count;
}

/** Creates a file with something in every part, and changes it. */
async function makeAndChange({ api }: Person): Promise<string> {
  const body: Schemas["ClientFile"] = JSON.parse(readFileSync(FINRUST_CLIENT, "utf8"));
  const made = await api.POST("/api/clients", { params: { header: { "Idempotency-Key": randomUUID() } }, body });
  const { id } = told("post_clients", made);
  const read = await api.GET("/api/clients/{id}", { params: { path: { id } } });
  const file = told("get_clients_id", read);
  holds(file.person.last_name === "Dijk" && file.assets?.[0]?.value_cents === 4_500_000_000, file);
  const changed = await api.PUT("/api/clients/{id}", {
    params: { path: { id }, header: { "If-Match": tag(read) } },
    body: { ...body, notes: "Moved to Rotterdam", address: { ...body.address, city: "Rotterdam" } },
  });
  const { overview } = told("put_clients_id", changed);
  holds(overview.net_worth_cents === 1_700_000_000, overview);
  const found = told("post_clients_search", await api.POST("/api/clients/search", { body: { text: "rotterdam", sort: "updated_at" } }));
  holds(found.items[0]?.id === id, found);
  return id;
}

async function rights({ api }: Person, id: string) {
  const params = { path: { id } };
  const restrict: Schemas["RestrictionBody"] = { step: "restrict", reason: "Accuracy is disputed" };
  told("post_clients_id_rights", await api.POST("/api/clients/{id}/rights", { params, body: restrict }));
  const release: Schemas["RestrictionBody"] = { step: "release", reason: "Checked" };
  told("post_clients_id_rights", await api.POST("/api/clients/{id}/rights", { params, body: release }));
  const standing = told("get_clients_id_rights", await api.GET("/api/clients/{id}/rights", { params }));
  holds(!standing.restricted && standing.notes.length === 2, standing);
  told("post_clients_id_report", await api.POST("/api/clients/{id}/report", { params }));
  told("get_clients_id_trail", await api.GET("/api/clients/{id}/trail", { params }));
}

/** A request of a data subject, from receipt to answer. */
async function request({ api }: Person, client: string) {
  const received: Schemas["RequestBody"] = { received_on: moment().slice(0, 10), kind: "access", name: "Anna Dijk", client };
  const made = await api.POST("/api/requests", { body: received });
  const { id } = told("post_requests", made);
  const path = { id };
  const step = (ifMatch: string, body: Schemas["RequestStep"]) =>
    api.POST("/api/requests/{id}/steps", { params: { path, header: { "If-Match": ifMatch } }, body });
  const identified = await step(tag(made), { step: "identify", how: "Passport" });
  told("post_requests_id_steps", identified);
  told("post_requests_id_steps", await step(tag(identified), { step: "answer", decision: "granted" }));
  const read = told("get_requests_id", await api.GET("/api/requests/{id}", { params: { path } }));
  holds(read.state === "answered" && read.steps.length === 3, read);
  told("get_requests", await api.GET("/api/requests"));
}

/** From suspicion to letter. */
async function breach({ api }: Person, id: string) {
  const path = { id };
  const step = async (body: Schemas["OfficerStep"]) => {
    const taken = await api.POST("/api/breaches/{id}/steps", { params: { path }, body });
    told("post_breaches_id_steps", taken);
    return taken;
  };
  told("get_accounts", await api.GET("/api/accounts"));
  told("get_breaches", await api.GET("/api/breaches"));
  told("get_breaches_id", await api.GET("/api/breaches/{id}", { params: { path } }));
  const aware = await step({ step: "became_aware", at: moment() });
  const facts: Schemas["Facts"] = { organisation: { name: "FinRust B.V." }, timeline: { started_at: moment(1) } };
  const header = { "If-Match": tag(aware) };
  told("put_breaches_id", await api.PUT("/api/breaches/{id}", { params: { path, header }, body: facts }));
  let body: Schemas["AffectedBody"] = { from: moment(1), until: moment() };
  for (let finished = false; !finished;) {
    const search: Schemas["AffectedAnswer"] = told(
      "post_breaches_id_affected",
      await api.POST("/api/breaches/{id}/affected", { params: { path }, body }),
    );
    body = { cursor: search.cursor };
    finished = search.finished;
  }
  holds("cursor" in body, body);
  told("post_breaches_id_evidence", await api.POST("/api/breaches/{id}/evidence", { params: { path }, body }));
  await step({ step: "assessed", risk: "risk", reasons: "Names and balances were read." });
  const drafts = told("get_breaches_id_letters", await api.GET("/api/breaches/{id}/letters", { params: { path } }));
  for (const { account } of drafts.items)
    told("post_breaches_id_letters", await api.POST("/api/breaches/{id}/letters", { params: { path }, body: { account } }));
  told("get_breaches_id", await api.GET("/api/breaches/{id}", { params: { path } }));
}

const adviser = new Person("adviser");
const officer = new Person("officer");
await adviser.signIn();
told("get_account", await adviser.api.GET("/api/account"));
const count = await readAll(adviser);
holds(count === 25, count);
const client = await makeAndChange(adviser);
await rights(adviser, client);
await request(adviser, client);
const suspicion = { what: "An e-mail went to the wrong person.", noticed_at: moment() };
const reported = told("post_breaches", await adviser.api.POST("/api/breaches", { body: suspicion }));
await officer.signIn();
await breach(officer, reported.id);
told("get_breach_letters", await adviser.api.GET("/api/breach-letters"));
told("post_logout", await adviser.api.POST("/api/logout"));
