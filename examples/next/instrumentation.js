export { onRequestError, register } from "gatewatch/next";
