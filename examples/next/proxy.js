import { gatewatchProxy } from "gatewatch/next";
import { NextResponse } from "next/server";

export const proxy = gatewatchProxy((request) => {
  if (request.nextUrl.pathname === "/closed") return new NextResponse("closed for today", { status: 403 });
  // Planted bug: nobody has set this header.
  if (request.nextUrl.pathname === "/beta") return NextResponse.redirect(request.headers.get("x-beta").trim());
  return NextResponse.next();
});

export const config = { matcher: ["/closed", "/beta"] };
