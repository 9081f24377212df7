import type { FrameworkView } from "../../gate/node/node-exchange.ts";
import { HTTP_VIEW } from "../node/http-view.ts";
import type { RoutedRequest } from "./watch-app.ts";

/** What Express leaves on a request of Node's, which it extends. */
export const EXPRESS_VIEW: FrameworkView = {
  ...HTTP_VIEW,
  route(request: RoutedRequest) {
    const path = request.route?.path;
    return path === undefined ? null : `${request.baseUrl ?? ""}${String(path)}`;
  },
};
