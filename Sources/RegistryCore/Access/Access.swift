// Access is who may do what.
//
//   Operation               what can be done, and the permission that each takes: the one table
//   Caller                  who asks: nobody in particular, a user, or a token that may do less than its user
//   Registry+Access         authorize(): the one place where a permission is checked; it gives an Authorization,
//                           without which no operation of Registry gets at its repository
//   AccessRules             the rules behind it, pure: from what is known to a Verdict
//   Permission, Visibility, RepositoryPattern, Scope, UserName      the nouns
//   AccessStore             what the metadata store keeps of users, grants and tokens
//   Administration          changing that, for the command line; every change leaves a line in the AuditLog
//
// Who somebody is, passwords and signatures, is not here but in the module Authentication.
