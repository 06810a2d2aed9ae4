// Does the calls of story.mjs with the client that hey-api makes, every answer judged by zod.
import { createInterface } from "node:readline";
import * as sdk from "./client";
import { createClient, type Client } from "./client/client";

interface Call {
  person: string;
  operation: string;
  id: string;
  etag: string;
  body: unknown;
}
interface Answered {
  data?: unknown;
  error?: unknown;
  response?: Response;
}

/** Somebody with a browser of their own: Node's fetch keeps no cookies. */
function person(): Client {
  const cookies = new Map<string, string>();
  const client = createClient({ baseUrl: process.env.FINRUST_ADDRESS });
  client.interceptors.request.use((request) => {
    request.headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    return request;
  });
  client.interceptors.response.use((response) => {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]*)=([^;]*)/u.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return response;
  });
  return client;
}

const OPERATIONS: Record<string, (client: Client, call: Call) => Promise<Answered>> = {
  post_login: (client, { body }) => sdk.postLogin({ client, body: body as sdk.LoginBody }),
  post_login_two_factor: (client, { body }) => sdk.postLoginTwoFactor({ client, body: body as sdk.SecondFactorBody }),
  post_two_factor: (client, { body }) => sdk.postTwoFactor({ client, body: body as sdk.EnrolBody }),
  post_two_factor_confirm: (client, { body }) => sdk.postTwoFactorConfirm({ client, body: body as sdk.CodeBody }),
  post_logout: (client) => sdk.postLogout({ client }),
  get_session: (client) => sdk.getSession({ client }),
  get_account: (client) => sdk.getAccount({ client }),
  post_clients: (client, { body }) => sdk.postClients({ client, body: body as sdk.ClientFile }),
  get_clients_id: (client, { id }) => sdk.getClientsId({ client, path: { id } }),
  put_clients_id: (client, { id, etag, body }) =>
    sdk.putClientsId({ client, path: { id }, headers: { "If-Match": etag }, body: body as sdk.ClientFile }),
  post_clients_search: (client, { body }) => sdk.postClientsSearch({ client, body: body as sdk.SearchBody }),
  get_clients_id_trail: (client, { id }) => sdk.getClientsIdTrail({ client, path: { id } }),
  post_clients_id_rights: (client, { id, body }) => sdk.postClientsIdRights({ client, path: { id }, body: body as sdk.RestrictionBody }),
  get_clients_id_rights: (client, { id }) => sdk.getClientsIdRights({ client, path: { id } }),
  post_clients_id_report: (client, { id }) => sdk.postClientsIdReport({ client, path: { id } }),
  post_requests: (client, { body }) => sdk.postRequests({ client, body: body as sdk.RequestBody }),
  post_requests_id_steps: (client, { id, etag, body }) =>
    sdk.postRequestsIdSteps({ client, path: { id }, headers: { "If-Match": etag }, body: body as sdk.RequestStep }),
  get_requests_id: (client, { id }) => sdk.getRequestsId({ client, path: { id } }),
  get_requests: (client) => sdk.getRequests({ client }),
  post_breaches: (client, { body }) => sdk.postBreaches({ client, body: body as sdk.Suspicion }),
  get_accounts: (client) => sdk.getAccounts({ client }),
  get_breaches: (client) => sdk.getBreaches({ client }),
  get_breaches_id: (client, { id }) => sdk.getBreachesId({ client, path: { id } }),
  put_breaches_id: (client, { id, etag, body }) =>
    sdk.putBreachesId({ client, path: { id }, headers: { "If-Match": etag }, body: body as sdk.Facts }),
  post_breaches_id_steps: (client, { id, body }) => sdk.postBreachesIdSteps({ client, path: { id }, body: body as sdk.OfficerStep }),
  post_breaches_id_affected: (client, { id, body }) => sdk.postBreachesIdAffected({ client, path: { id }, body: body as sdk.AffectedBody }),
  post_breaches_id_evidence: (client, { id, body }) => sdk.postBreachesIdEvidence({ client, path: { id }, body: body as sdk.CursorBody }),
  get_breaches_id_letters: (client, { id }) => sdk.getBreachesIdLetters({ client, path: { id } }),
  post_breaches_id_letters: (client, { id, body }) => sdk.postBreachesIdLetters({ client, path: { id }, body: body as sdk.LetterBody }),
  get_breach_letters: (client) => sdk.getBreachLetters({ client }),
};

const people = new Map<string, Client>();
for await (const line of createInterface({ input: process.stdin })) {
  const call: Call = JSON.parse(line);
  const { person: name, operation } = call;
  const client = people.get(name) ?? person();
  people.set(name, client);
  const { data, error, response } = (await OPERATIONS[operation]?.(client, call)) ?? {};
  const said =
    error === undefined ? { answer: response?.status === 204 ? null : data } : { error: error instanceof Error ? error.message : error };
  console.log(JSON.stringify({ operation, ...said, etag: response?.headers.get("etag") }));
}
