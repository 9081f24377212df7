import { createRequire } from "node:module";
import type express from "express";
import { testExpressContract } from "./contract/express-contract.ts";

const require = createRequire(import.meta.url);
const express4 = require("express4") as typeof express;

testExpressContract({ name: "Express 4", express: express4, seesRejections: false });
