// An OpenID Connect provider for tests: node-oidc-provider with its development pages, on which any login and password is taken.
//   node oidc-provider.mjs LIBRARY PORT REDIRECT...
const [library, port, ...redirects] = process.argv.slice(2);
const { default: Provider } = await import(library);

const groups = { ann: ["heart", "readers"], root: ["admins"] };
const client = {
  client_id: "advseg",
  client_secret: "a-secret-of-the-test",
  redirect_uris: redirects,
  token_endpoint_auth_method: "client_secret_post",
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client],
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
  pkce: { required: () => true },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, groups: groups[id] ?? [] }) }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
