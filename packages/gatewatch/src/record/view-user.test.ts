import { describe, expect, test } from "vitest";
import { createUserView } from "./view-user.ts";

const user = { authenticated: true, id: "ann@example.org", username: "ann@example.org", email: "ann@example.org" };

describe("createUserView()", () => {
  test("drops the e-mail address wherever it stands, when there is no secret", () => {
    expect(createUserView({ keepEmail: false, secret: "" })(user)).toEqual({
      authenticated: true,
      id: null,
      username: null,
    });
  });

  test("pseudonymises ids that are e-mail addresses under the secret, so that users stay distinct", () => {
    const view = createUserView({ keepEmail: false, secret: "s" });
    expect(view(user)?.id).toMatch(/^[0-9a-f]{64}$/);
    expect(view({ ...user, id: "bob@example.org" })?.id).not.toBe(view(user)?.id);
    expect(JSON.stringify(view(user))).not.toContain("@");
  });

  test("keeps everything where it is allowed, and plain ids always", () => {
    expect(createUserView({ keepEmail: true, secret: undefined })(user)).toEqual(user);
    const plain = { authenticated: true, id: 7, username: "ann" };
    expect(createUserView({ keepEmail: false, secret: undefined })(plain)).toEqual(plain);
    expect(createUserView({ keepEmail: false, secret: undefined })(undefined)).toBeUndefined();
  });
});
