// RegistryHTTP is the OCI distribution API on SwiftNIO.
//
//   HTTPServer            listens, and builds each connection's pipeline (plain, TLS, HTTP/2)
//   Connection            one connection or HTTP/2 stream: an actor that runs on its event loop, from request to log line
//   LoopExecutor          why that costs nothing: the actor's code runs where the bytes arrive
//   RegistryResponder     finds the route, who asks and whether they may, calls its endpoint, turns errors into answers
//   Route                 what a path means; read from its end, as a repository may be called a/manifests/b
//   Route+Operation       what a method does there; the permission that it takes is in the core's table
//   Challenge+Header      what those are told who are not let in
//   Endpoints/            one file an endpoint
//   ErrorTable            every error's status and code
//
// It knows the registry, who its users are, and HTTP. Where blobs live and what the database is it does not know.
