// zod judges every answer. It reads int64 as BigInt, but the client passes on what came, a number: cents are below 2^53. Requests are not
// judged: version 0.95 looks for obligatory headers where it has none, and so refuses every request with If-Match.
export default {
  logs: { file: false },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", { name: "@hey-api/sdk", validator: { response: "zod" } }, "zod"],
};
