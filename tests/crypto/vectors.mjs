// Writes the envelope vectors with OpenSSL through Node.js, so that they owe nothing to the Rust code they are held against:
//
//     node tests/crypto/vectors.mjs && git diff --exit-code tests/crypto/vectors
//
// The formula is the one on top of handlers/crypto/envelope.rs. Each bad vector is the sound one with a single defect, after which
// it is its file named.

import { createCipheriv, hkdfSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const sound = {
  version: 1,
  suite: 1,
  key: Buffer.alloc(32, 0x11),
  keyId: Buffer.alloc(16, 0x22),
  salt: Buffer.alloc(32, 0x33),
  place: { container: 'clients', partition: 'adviser-1', document: 'client-1', part: 'body' },
  padded: pad(Buffer.from('Jansen')),
};
const moved = (change) => ({ ...sound, place: { ...sound.place, ...change } });
const envelope = seal(sound);

const good = {
  empty_plaintext: Buffer.alloc(0),
  full_step: Buffer.alloc(28, 0x61),
  one_byte_over_a_step: Buffer.alloc(29, 0x61),
  long_plaintext: Buffer.alloc(5000, 0x7a),
  not_ascii: Buffer.from('Zoë €'),
};

const bad = {
  wrong_container: seal(moved({ container: 'register' })),
  wrong_partition: seal(moved({ partition: 'adviser-2' })),
  wrong_document: seal(moved({ document: 'client-2' })),
  wrong_part: seal(moved({ part: 'summary' })),
  wrong_key: seal({ ...sound, key: Buffer.alloc(32, 0x12) }),
  unknown_key_id: seal({ ...sound, keyId: Buffer.alloc(16, 0x23) }),
  unknown_version: seal({ ...sound, version: 2 }),
  unknown_suite: seal({ ...sound, suite: 2 }),
  salt_changed: flipped(envelope, 18),
  commitment_changed: seal({ ...sound, commitment: Buffer.alloc(32, 0x44) }),
  ciphertext_changed: flipped(envelope, 82),
  tag_changed: flipped(envelope, envelope.length - 1),
  ciphertext_swapped: Buffer.concat([envelope.subarray(0, 82), seal({ ...sound, salt: Buffer.alloc(32, 0x34) }).subarray(82)]),
  header_truncated: envelope.subarray(0, 81),
  ciphertext_missing: envelope.subarray(0, 82),
  tag_truncated: envelope.subarray(0, envelope.length - 1),
  trailing_byte: Buffer.concat([envelope, Buffer.from([0])]),
  padding_dirty: seal({ ...sound, padded: flipped(sound.padded, 31) }),
  padding_length_wrong: seal({ ...sound, padded: Buffer.concat([sound.padded, Buffer.alloc(32)]) }),
  plaintext_length_beyond_the_end: seal({ ...sound, padded: Buffer.concat([Buffer.from([0, 0, 0, 29]), Buffer.alloc(28)]) }),
  padding_missing: seal({ ...sound, padded: Buffer.alloc(0) }),
  empty: Buffer.alloc(0),
};

write('sound', envelope, sound, Buffer.from('Jansen'));
for (const [name, plaintext] of Object.entries(good)) {
  const recipe = { ...sound, padded: pad(plaintext) };
  write(name, seal(recipe), recipe, plaintext);
}
const summary = moved({ part: 'summary' });
write('summary', seal(summary), summary, Buffer.from('Jansen'));
for (const [name, bytes] of Object.entries(bad)) {
  write(name, bytes, sound, null);
}

function seal({ version, suite, key, keyId, salt, place, padded, commitment }) {
  const names = [place.container, place.partition, place.document, place.part];
  const encoded = Buffer.concat(names.flatMap((name) => [u32(name.length), Buffer.from(name)]));
  const info = Buffer.concat([Buffer.from('finrust envelope v1'), encoded]);
  const okm = Buffer.from(hkdfSync('sha256', key, salt, info, 76));
  const head = Buffer.concat([Buffer.from([version, suite]), keyId, salt, commitment ?? okm.subarray(44)]);
  const cipher = createCipheriv('aes-256-gcm', okm.subarray(0, 32), okm.subarray(32, 44));
  cipher.setAAD(Buffer.concat([head, encoded]));
  return Buffer.concat([head, cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
}

function pad(plaintext) {
  const length = 4 + plaintext.length;
  const exponent = Math.floor(Math.log2(length));
  const mantissaBits = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** Math.max(exponent - mantissaBits, 0);
  const padme = Math.ceil(length / step) * step;
  const padded = Buffer.alloc(Math.ceil(padme / 32) * 32);
  padded.writeUInt32BE(plaintext.length);
  plaintext.copy(padded, 4);
  return padded;
}

function flipped(bytes, index) {
  const copy = Buffer.from(bytes);
  copy[index] ^= 1;
  return copy;
}

function u32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

function write(name, bytes, { key, keyId, salt, place }, plaintext) {
  const hex = (buffer) => (buffer === null ? null : buffer.toString('hex'));
  const vector = { key: hex(key), key_id: hex(keyId), salt: hex(salt), place, plaintext: hex(plaintext), envelope: hex(bytes) };
  writeFileSync(new URL(`vectors/${name}.json`, import.meta.url), `${JSON.stringify(vector, null, 2)}\n`);
}
