// Does the calls of story.mjs with the client that openapi-generator makes for TypeScript and fetch.
import { createInterface } from "node:readline";
import * as client from "./client/index.js";

interface Call {
  person: string;
  operation: string;
  id: string;
  etag: string;
  body: unknown;
}
interface Answer {
  answer: unknown;
  etag: string | null;
}

/** Somebody with a browser of their own: Node's fetch keeps no cookies. */
class Person {
  readonly #cookies = new Map<string, string>();
  readonly #configuration = new client.Configuration({
    basePath: process.env.FINRUST_ADDRESS,
    middleware: [
      {
        pre: async ({ url, init }) => {
          const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
          return { url, init: { ...init, headers: { ...init.headers, cookie } } };
        },
        post: async ({ response }) => {
          for (const cookie of response.headers.getSetCookie()) {
            const [, name = "", value = ""] = /^([^=]*)=([^;]*)/u.exec(cookie) ?? [];
            this.#cookies.set(name, value);
          }
          return response;
        },
      },
    ],
  });
  readonly account = new client.AccountApi(this.#configuration);
  readonly accounts = new client.AccountsApi(this.#configuration);
  readonly breaches = new client.BreachesApi(this.#configuration);
  readonly letters = new client.BreachLettersApi(this.#configuration);
  readonly clients = new client.ClientsApi(this.#configuration);
  readonly login = new client.LoginApi(this.#configuration);
  readonly logout = new client.LogoutApi(this.#configuration);
  readonly requests = new client.RequestsApi(this.#configuration);
  readonly session = new client.SessionApi(this.#configuration);
  readonly twoFactor = new client.TwoFactorApi(this.#configuration);
}

/** What the client read. Its own `…ToJSON` are for requests: they leave out what only the service writes. */
async function read<Model>(answered: Promise<client.ApiResponse<Model>>): Promise<Answer> {
  const answer = await answered;
  return { answer: (await answer.value()) ?? null, etag: answer.raw.headers.get("etag") };
}

const OPERATIONS: Record<string, (person: Person, call: Call) => Promise<Answer>> = {
  post_login: ({ login }, { body }) => read(login.postLoginRaw({ loginBody: client.LoginBodyFromJSON(body) })),
  post_login_two_factor: ({ login }, { body }) =>
    read(login.postLoginTwoFactorRaw({ secondFactorBody: client.SecondFactorBodyFromJSON(body) })),
  post_two_factor: ({ twoFactor }, { body }) => read(twoFactor.postTwoFactorRaw({ enrolBody: client.EnrolBodyFromJSON(body) })),
  post_two_factor_confirm: ({ twoFactor }, { body }) =>
    read(twoFactor.postTwoFactorConfirmRaw({ codeBody: client.CodeBodyFromJSON(body) })),
  post_logout: ({ logout }) => read(logout.postLogoutRaw({})),
  get_session: ({ session }) => read(session.getSessionRaw()),
  get_account: ({ account }) => read(account.getAccountRaw({})),
  post_clients: ({ clients }, { body }) => read(clients.postClientsRaw({ clientFile: client.ClientFileFromJSON(body) })),
  get_clients_id: ({ clients }, { id }) => read(clients.getClientsIdRaw({ id })),
  put_clients_id: ({ clients }, { id, etag, body }) =>
    read(clients.putClientsIdRaw({ id, ifMatch: etag, clientFile: client.ClientFileFromJSON(body) })),
  post_clients_search: ({ clients }, { body }) => read(clients.postClientsSearchRaw({ searchBody: client.SearchBodyFromJSON(body) })),
  get_clients_id_trail: ({ clients }, { id }) => read(clients.getClientsIdTrailRaw({ id })),
  post_clients_id_rights: ({ clients }, { id, body }) =>
    read(clients.postClientsIdRightsRaw({ id, restrictionBody: client.RestrictionBodyFromJSON(body) })),
  get_clients_id_rights: ({ clients }, { id }) => read(clients.getClientsIdRightsRaw({ id })),
  post_clients_id_report: ({ clients }, { id }) => read(clients.postClientsIdReportRaw({ id })),
  post_requests: ({ requests }, { body }) => read(requests.postRequestsRaw({ requestBody: client.RequestBodyFromJSON(body) })),
  post_requests_id_steps: ({ requests }, { id, etag, body }) =>
    read(requests.postRequestsIdStepsRaw({ id, ifMatch: etag, requestStep: client.RequestStepFromJSON(body) })),
  get_requests_id: ({ requests }, { id }) => read(requests.getRequestsIdRaw({ id })),
  get_requests: ({ requests }) => read(requests.getRequestsRaw({})),
  post_breaches: ({ breaches }, { body }) => read(breaches.postBreachesRaw({ suspicion: client.SuspicionFromJSON(body) })),
  get_accounts: ({ accounts }) => read(accounts.getAccountsRaw({})),
  get_breaches: ({ breaches }) => read(breaches.getBreachesRaw({})),
  get_breaches_id: ({ breaches }, { id }) => read(breaches.getBreachesIdRaw({ id })),
  put_breaches_id: ({ breaches }, { id, etag, body }) =>
    read(breaches.putBreachesIdRaw({ id, ifMatch: etag, facts: client.FactsFromJSON(body) })),
  post_breaches_id_steps: ({ breaches }, { id, body }) =>
    read(breaches.postBreachesIdStepsRaw({ id, officerStep: client.OfficerStepFromJSON(body) })),
  post_breaches_id_affected: ({ breaches }, { id, body }) =>
    read(breaches.postBreachesIdAffectedRaw({ id, affectedBody: client.AffectedBodyFromJSON(body) })),
  post_breaches_id_evidence: ({ breaches }, { id, body }) =>
    read(breaches.postBreachesIdEvidenceRaw({ id, cursorBody: client.CursorBodyFromJSON(body) })),
  get_breaches_id_letters: ({ breaches }, { id }) => read(breaches.getBreachesIdLettersRaw({ id })),
  post_breaches_id_letters: ({ breaches }, { id, body }) =>
    read(breaches.postBreachesIdLettersRaw({ id, letterBody: client.LetterBodyFromJSON(body) })),
  get_breach_letters: ({ letters }) => read(letters.getBreachLettersRaw({})),
};

const people = new Map<string, Person>();
for await (const line of createInterface({ input: process.stdin })) {
  const call: Call = JSON.parse(line);
  const { person: name, operation } = call;
  const person = people.get(name) ?? new Person();
  people.set(name, person);
  const answer = await OPERATIONS[operation]?.(person, call).catch((error: unknown) => ({ error: String(error) }));
  console.log(JSON.stringify({ operation, ...answer }));
}
