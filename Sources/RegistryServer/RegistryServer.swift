// RegistryServer makes a program of the registry: everything between the command line and the other modules.
//
//   RegistrydMain     the public entry: a main hands it its storage drivers
//   Commands/         the command line, one file a command
//   Configuration/    YAML → ConfigNode → Configuration (what was written) → Settings (what is in force)
//   Logs/             one sink for diagnostics and the access log; formats; swift-log's handler
//   Process/          limits, allocator, the data folder's lock, systemd, certificates
//   Serving/          wiring, start, reload, stop
//   Passwords/        how a command gets a password: from a terminal, or from its input
//   Doctor/           trying the backends out, and what is said of it
