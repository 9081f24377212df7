/** Names whose value is a secret whatever it looks like, without case, `-`, `_`, `.` and spaces. */
const SENSITIVE_NAMES = [
  "password passwd passwort pwd pass passphrase passcode pin otp totp otpcode onetimecode mfacode mfasecret twofactorcode",
  "secret secrets token tokens apikey apikeys apisecret apitoken accesstoken refreshtoken idtoken authtoken bearertoken jwt",
  "authorization proxyauthorization auth authentication credential credentials creds wwwauthenticate basicauth",
  "privatekey sshkey signingkey encryptionkey secretkey masterkey accesskey accountkey sharedkey hmackey seedphrase mnemonic",
  "awsaccesskeyid awssecretaccesskey accesskeyid secretaccesskey sharedaccesssignature connectionstring databaseurl dsnsecret",
  "session sessionid sessiontoken sessionkey sid connectsid jsessionid phpsessid aspnetsessionid sessid cookie cookies setcookie",
  "csrf csrftoken xsrftoken csrfmiddlewaretoken authenticitytoken requestverificationtoken nonce2fa",
  "creditcard creditcardnumber cardnumber ccnumber ccnum cardno cvv cvv2 cvc cvc2 csc cardcvc cardcvv securitycode cardsecuritycode",
  "ssn socialsecuritynumber socialsecurity nationalid taxid passportnumber",
  "clientsecret consumersecret webhooksecret appsecret signingsecret sharedsecret webhookurl slackwebhook",
  "xapikey xauthtoken xaccesstoken xcsrftoken xxsrftoken xamzsecuritytoken xgoogapikey xvaulttoken xgitlabtoken xhubsignature",
].flatMap((line) => line.split(" "));

/** Ends of longer names, such as `userPassword` or `STRIPE_SECRET_KEY`. */
const SENSITIVE_ENDS = [
  "password",
  "passwd",
  "passphrase",
  "passcode",
  "pwd",
  "secret",
  "token",
  "apikey",
  "secretkey",
  "privatekey",
  "accesskey",
  "accesskeyid",
  "accountkey",
  "encryptionkey",
  "signingkey",
  "sshkey",
  "credential",
  "credentials",
  "sessionid",
  "creditcard",
  "cardnumber",
  "authorization",
  "connectionstring",
  "cvv",
];

/** Anywhere in a name: `password_confirmation`, `oldPasswordHash`. */
const SENSITIVE_PARTS = ["password", "passwd", "secretkey", "privatekey", "apikey"];

/** Names that end like a secret and are none. */
const PLAIN_NAMES = new Set(
  [
    "nexttoken pagetoken nextpagetoken prevpagetoken continuationtoken synctoken resumetoken nextsynctoken",
    "maxtokens mintokens totaltokens prompttokens completiontokens inputtokens outputtokens tokencount",
    "passwordlength passwordminlength passwordrequired passwordchangedat passwordexpiresat haspassword passwordless",
    "cancellationtoken endtoken starttoken unexpectedtoken",
  ].flatMap((line) => line.split(" ")),
);

/** Names that mean a secret only in a query, a form or a cookie. */
const QUERY_NAMES = new Set(
  "sig signature xamzsignature xamzcredential xgoogsignature xgoogcredential sas hmac assertion samlresponse samlrequest ticket codeverifier clientassertion".split(
    " ",
  ),
);

/** Query names that carry a secret only when the value is long: `?code=` of OAuth, `?key=` of many. */
const LONG_QUERY_NAMES = new Set(["code", "key", "k", "hash", "state", "invite", "reset", "verify", "confirmation"]);
const LONG_QUERY_VALUE = 20;

const MAX_KEY_LENGTH = 128;
const CACHE_ENTRIES = 2_000;

/** `X-Api-Key`, `x_api_key` and `xApiKey` become `xapikey`. */
export function normaliseKey(key: string): string {
  return key.replace(/[-_.\s[\]]/g, "").toLowerCase();
}

/** The key rules with a user's additions and exceptions, behind a bounded cache. */
export interface KeyRules {
  isSensitive(key: string): boolean;
  /** Further names count where values come from an address, a form or a cookie. */
  isSensitiveQuery(key: string, value: string): boolean;
}

/** Builds the key rules; `keys` and `allowKeys` in any spelling. */
export function createKeyRules(keys: readonly string[], allowKeys: readonly string[]): KeyRules {
  const allowed = new Set(allowKeys.map(normaliseKey));
  const names = new Set([...SENSITIVE_NAMES, ...keys.map(normaliseKey)]);
  const cache = new Map<string, boolean>();

  function decide(key: string): boolean {
    const name = normaliseKey(key);
    if (allowed.has(name)) return false;
    if (names.has(name)) return true;
    if (PLAIN_NAMES.has(name)) return false;
    return (
      SENSITIVE_ENDS.some((end) => name.endsWith(end)) ||
      SENSITIVE_PARTS.some((part) => name.includes(part)) ||
      isIndexedName(key)
    );
  }

  /** `password1`, `token_2`: a digit at the end hides nothing. */
  function isIndexedName(key: string): boolean {
    const bare = key.replace(/\d{1,3}$/, "");
    return bare !== key && bare !== "" && isSensitive(bare);
  }

  function isSensitive(key: string): boolean {
    const known = cache.get(key);
    if (known !== undefined) return known;
    if (key.length > MAX_KEY_LENGTH) return decide(key.slice(-MAX_KEY_LENGTH));
    const answer = decide(key);
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    cache.set(key, answer);
    return answer;
  }

  return {
    isSensitive,
    isSensitiveQuery(key, value) {
      if (isSensitive(key)) return true;
      const name = normaliseKey(key);
      if (allowed.has(name)) return false;
      return QUERY_NAMES.has(name) || (value.length >= LONG_QUERY_VALUE && LONG_QUERY_NAMES.has(name));
    },
  };
}
