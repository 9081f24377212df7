import { Module } from "@nestjs/common";
import { GatewatchModule } from "gatewatch/nest";
import { NotesController } from "./notes.controller.js";

// oxlint-disable typescript/no-extraneous-class -- a module of Nest is its decorator
@Module({
  imports: [GatewatchModule.forRoot()],
  controllers: [NotesController],
})
export class AppModule {}
