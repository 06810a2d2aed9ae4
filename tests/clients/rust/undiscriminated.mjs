// Writes an OpenAPI document without `discriminator`. The generator for Rust makes that member serde's tag, which serde takes off before it
// reads the variant; the variant requires it, so the client reads no union. Without `discriminator` the variants are told apart by the one
// value that their step, kind and so on may have.
//
// usage: node undiscriminated.mjs <openapi.json
import { text } from "node:stream/consumers";

console.log(JSON.stringify(JSON.parse(await text(process.stdin), (name, value) => (name === "discriminator" ? undefined : value))));
