import NIOCore
import RegistryHTTP

extension ListenAddress {
    /// Listens here; gives the address with the port that it got.
    func bind(_ server: HTTPServer) async throws -> SocketAddress {
        do {
            return try await server.bind(host: host, port: port)
        } catch {
            let reason =
                switch error {
                case let error as IOError: errnoText(error.errnoCode)
                case let error as SocketAddressError.UnknownHost:
                    "“\(host)” is no address and no name that can be looked up (\(error.errorDescription))"
                default: "\(error)"
                }
            throw CommandFailure(
                .failure, "cannot listen on \(self): \(reason); choose another with --listen", cause: error)
        }
    }
}

extension SocketAddress {
    /// `127.0.0.1:5000`, `[::1]:5000`.
    var text: String {
        let host = ipAddress ?? "?"
        return host.contains(":") ? "[\(host)]:\(port ?? 0)" : "\(host):\(port ?? 0)"
    }
}
