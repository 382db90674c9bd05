import Authentication
import Logging
import RegistryCore

extension Settings {
    /// Reads the files that it names. Blocks. Throws ``ConfigurationError``.
    func authenticatorSettings(_ logger: Logger) throws -> AuthenticatorSettings {
        var problems: [ConfigProblem] = []
        func read<T>(_ path: String, _ body: () throws -> T?) -> T? {
            do {
                return try body()
            } catch {
                problems.append(ConfigProblem(path, "\(error)"))
                return nil
            }
        }
        let htpasswd = read("access.htpasswd") { () -> HtpasswdFile? in
            guard let path = access.htpasswd else { return nil }
            let file = HtpasswdFile(path: path)
            for complaint in try file.refresh() ?? [] { logger.warning("\(path): \(complaint)") }
            return file
        }
        let issuers = read("access.issuers") { () -> OutsideIssuers? in
            guard !access.issuers.isEmpty else { return nil }
            return try OutsideIssuers(access.issuers.map { .init(issuer: $0.issuer, path: $0.jwksFile) })
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return AuthenticatorSettings(
            realm: access.realm,
            tokenLifetime: access.tokens.enabled ? access.tokens.lifetime.duration : nil,
            htpasswd: htpasswd ?? nil,
            issuers: issuers ?? nil
        )
    }

    /// Passwords over plain HTTP are for everybody on the way to read.
    func warnOfExposedPasswords(_ logger: Logger) {
        guard tls == nil, !access.isImplicit, let open = listen.first(where: { !$0.isLoopback }) else { return }
        logger.warning(
            "\(open) is plain HTTP: passwords and tokens can be read by everybody on the way; set http.tls, or listen on 127.0.0.1 behind a proxy with TLS"
        )
    }
}
