export const en = {
  title: "FinRust",
};
