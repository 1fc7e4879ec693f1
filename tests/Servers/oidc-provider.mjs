// An OpenID Connect provider for tests: node-oidc-provider with its development pages, on which any login and password is taken.
//   node oidc-provider.mjs LIBRARY PORT REDIRECT...
const [library, port, ...redirects] = process.argv.slice(2);
const { default: Provider } = await import(library);

const groups = { ann: ["heart", "readers"], kim: ["heart"], root: ["admins"] };

// Everybody may call themselves by any address; of Ann it is known that hers is hers.
const verified = ["ann"];
const client = {
  client_id: "advseg",
  client_secret: "a-secret-of-the-test",
  redirect_uris: redirects,
  token_endpoint_auth_method: "client_secret_post",
};
const program = {
  client_id: "advseg-cli",
  application_type: "native",
  redirect_uris: ["http://127.0.0.1/callback"],
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
  token_endpoint_auth_method: "none",
};
const claimsOf = (id) => ({
  sub: id, preferred_username: id, groups: groups[id] ?? [], email: `${id}@lab.example`, email_verified: verified.includes(id),
});
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client, program],
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email", "email_verified"] },
  features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (context, id) => ({ accountId: id, claims: () => claimsOf(id) }),
});

// Takes somebody out of their groups.
provider.use(async (context, next) => {
  if (context.path !== "/test/leave") return next();
  delete groups[context.query.user];
  context.body = "left";
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
