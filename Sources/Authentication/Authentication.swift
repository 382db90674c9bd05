// Authentication is who somebody is: from what a client sends along to a Caller of RegistryCore, which decides what that
// caller may do.
//
//   Credentials       what a request says: nothing, a name and a password, a bearer token, a certificate
//   Authenticator     from those to a Login; it gives out tokens, too
//   Accounts          the users that there are: in the metadata store and in the htpasswd file
//   Passwords/        hashes, the htpasswd file, what was verified a moment ago, and slowing down those who guess
//   Tokens/           access tokens and the keys that sign them, tokens of other issuers, random secrets
//
// It knows nothing of HTTP, and asks the store anew for every request: who was removed is not let in by a memory.
