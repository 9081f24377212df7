import {
  Body,
  Controller,
  Get,
  type CanActivate,
  ForbiddenException,
  Inject,
  Injectable,
  NotFoundException,
  Param,
  Post,
  UseGuards,
} from "@nestjs/common";
import { GATEWATCH, guard } from "gatewatch/nest";
import type { Gatewatch } from "gatewatch";

@Injectable()
class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException("The archive is closed");
  }
}

@Controller("notes")
export class NotesController {
  readonly #notes = new Map([["1", "Water the plants"]]);
  readonly #gatewatch: Gatewatch;

  constructor(@Inject(GATEWATCH) gatewatch: Gatewatch) {
    this.#gatewatch = gatewatch;
  }

  @Get("archive")
  @UseGuards(ClosedGuard)
  archive(): string {
    return "never";
  }

  @Get(":id")
  find(@Param("id") id: string): { text: string } {
    if (id === "0") throw new NotFoundException(`There is no note ${id}`);
    // Planted bug: a note that is not there.
    return { text: this.#notes.get(id)!.toUpperCase() };
  }

  @Post()
  @UseGuards(guard({ rateLimit: { limit: 2, windowMs: 60_000 } }))
  add(@Body() { text }: { text: string }): { id: string } {
    const id = String(this.#notes.size + 1);
    this.#notes.set(id, text);
    this.#gatewatch.event("note_added", { id });
    return { id };
  }
}
