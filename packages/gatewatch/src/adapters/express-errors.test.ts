import express from "express";
import { testExpressContract } from "./contract/express-contract.ts";

testExpressContract({ name: "Express 5", express, seesRejections: true });
