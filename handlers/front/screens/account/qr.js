// The server's QR code, drawn anew. It comes as a string of SVG; what is not exactly a background and one path of squares is not drawn.

import { svg } from "../../core/dom.js";

const SHAPE = new RegExp(
  '^<\\?xml version="1\\.0" standalone="yes"\\?><svg xmlns="[^"]+" version="1\\.1" width="(\\d{1,4})" height="\\1"' +
    ' viewBox="0 0 \\1 \\1" shape-rendering="crispEdges"><rect x="0" y="0" width="\\1" height="\\1" fill="#fff"/><path fill="#000"' +
    ' d="((?:M\\d{1,4} \\d{1,4}h\\d{1,4}v\\d{1,4}H\\d{1,4}V\\d{1,4})+)"/></svg>$',
);

/**
 * Nothing when it is not a QR code: the key can be typed as well.
 * @param {string} source
 * @param {string} label
 */
export function qrCode(source, label) {
  const [, size, squares] = SHAPE.exec(source) ?? [];
  if (size === undefined) return null;
  const shapes = [svg("rect", { width: size, height: size, fill: "#fff" }), svg("path", { d: squares, fill: "#000" })];
  return svg("svg", { class: "qr", viewBox: `0 0 ${size} ${size}`, "shape-rendering": "crispEdges", role: "img", "aria-label": label }, ...shapes);
}
