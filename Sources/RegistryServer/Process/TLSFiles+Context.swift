import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension TLSFiles {
    /// What connections are encrypted with, read from the files now.
    func context() throws -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            guard !chain.isEmpty else {
                throw ConfigurationError([ConfigProblem("http.tls.certificate", "no certificate in \(certificate)")])
            }
            let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(privateKey)
            )
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["h2", "http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch let error as ConfigurationError {
            throw error
        } catch {
            let text = "cannot use certificate \(certificate) with key \(key): \(error)"
            throw ConfigurationError([ConfigProblem("http.tls", text)], cause: error)
        }
    }

    /// Changes when either file does; nil while one of them is missing, as it may be for a moment during a renewal.
    var version: [Int64]? {
        var all: [Int64] = []
        for path in [certificate, key] {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            let modified = status.st_mtim
            all += [Int64(status.st_ino), Int64(status.st_size), Int64(modified.tv_sec), Int64(modified.tv_nsec)]
        }
        return all
    }
}
