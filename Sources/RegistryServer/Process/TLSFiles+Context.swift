import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension TLSFiles {
    /// What connections are encrypted with, read from the files now. Throws ``ConfigurationError`` with what is wrong with
    /// either.
    func context() throws -> NIOSSLContext {
        var problems: [ConfigProblem] = []
        let chain = Self.part("http.tls.certificate", certificate, "certificate", &problems) {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            return chain.isEmpty ? nil : chain
        }
        let privateKey = Self.part("http.tls.key", key, "private key (without a passphrase)", &problems) {
            try NIOSSLPrivateKey(file: key, format: .pem)
        }
        let authorities = clientCA.flatMap { file in
            Self.part("http.tls.client-ca", file, "certificate", &problems) {
                let authorities = try NIOSSLCertificate.fromPEMFile(file)
                return authorities.isEmpty ? nil : authorities
            }
        }
        guard let chain, let privateKey, problems.isEmpty else { throw ConfigurationError(problems) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(privateKey)
        )
        configuration.minimumTLSVersion = .tlsv12
        if let authorities {
            // Whoever shows one shows a good one; others may still log in.
            configuration.trustRoots = .certificates(authorities)
            configuration.certificateVerification = .optionalVerification
            configuration.sendCANameList = true
        }
        configuration.applicationProtocols = ["h2", "http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            // Both are what they should be, each by itself.
            let text = "\(key) is not the key of the first certificate in \(certificate)"
            throw ConfigurationError([ConfigProblem("http.tls.key", text)])
        } catch {
            let text = "cannot use certificate \(certificate) with key \(key): \(error)"
            throw ConfigurationError([ConfigProblem("http.tls", text)], cause: error)
        }
    }

    /// One of the files, or nil and what is wrong with it.
    private static func part<Part>(
        _ path: String, _ file: String, _ what: String, _ problems: inout [ConfigProblem], _ read: () throws -> Part?
    ) -> Part? {
        guard access(file, R_OK) == 0 else {
            problems.append(ConfigProblem(path, "cannot read \(file): \(errnoText())"))
            return nil
        }
        if let part = try? read() { return part }
        problems.append(ConfigProblem(path, "\(file) holds no \(what) in PEM form"))
        return nil
    }

    /// Changes when one of the files does; nil while one of them is missing, as it may be for a moment during a renewal.
    var version: [Int64]? {
        var all: [Int64] = []
        for path in [certificate, key] + (clientCA.map { [$0] } ?? []) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            let modified = status.st_mtim
            all += [Int64(status.st_ino), Int64(status.st_size), Int64(modified.tv_sec), Int64(modified.tv_nsec)]
        }
        return all
    }

    /// The file of the authorities as it is now; nil: there is none.
    func authorities() throws -> String? {
        guard let clientCA else { return nil }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(clientCA) else {
            throw ConfigurationError([
                ConfigProblem("http.tls.client-ca", "\(clientCA) holds no certificate in PEM form")
            ])
        }
        return try certificates.map { String(describing: try $0.toDERBytes()) }.joined(separator: "\n")
    }
}
