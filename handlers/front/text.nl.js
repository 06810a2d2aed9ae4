export const nl = {
  title: "FinRust",
};
