/** Express 4 beside Express 5: the same types do, as far as these tests go. */
declare module "express4" {
  export { default } from "express";
}
