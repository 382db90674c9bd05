/// The credential service that ECS and EKS put beside a container.
///
/// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`, perhaps
/// `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
struct ContainerCredentials: CredentialProvider {
    let name = "container"

    func credentials(in surroundings: Surroundings) async throws -> CredentialAnswer {
        let url: String
        if let path = surroundings["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://169.254.170.2" + path
            guard path.hasPrefix("/") else {
                throw CredentialError(
                    .misconfigured, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash: \(path)")
            }
        } else if let full = surroundings["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
            guard Self.isTrusted(full) else {
                throw CredentialError(
                    .misconfigured,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI is \(full); expected https, or http to this host itself or to "
                        + "the addresses of ECS and EKS"
                )
            }
        } else {
            return .notHere("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set")
        }
        var request = Surroundings.Request(method: "GET", url: url, headers: ["Accept": "application/json"])
        if let token = try Self.authorization(surroundings) { request.headers["Authorization"] = token }
        let answer = try await surroundings.send(request, attempts: 3, as: "the container's credential service")
        return .found(try CredentialDocument(answer, from: url).credentials)
    }

    private static func authorization(_ surroundings: Surroundings) throws(CredentialError) -> String? {
        if let file = surroundings["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            return try surroundings.token(at: file, named: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        }
        guard let token = surroundings["AWS_CONTAINER_AUTHORIZATION_TOKEN"] else { return nil }
        guard token.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw CredentialError(.misconfigured, "AWS_CONTAINER_AUTHORIZATION_TOKEN is not fit for a header")
        }
        return token
    }

    /// Over plain HTTP only to addresses that do not leave the machine.
    private static func isTrusted(_ url: String) -> Bool {
        // The path and query are the service's own affair.
        let end = url.firstRange(of: "://").flatMap { url[$0.upperBound...].firstIndex { "/?".contains($0) } }
        guard let endpoint = try? Endpoint(String(url[..<(end ?? url.endIndex)])) else { return false }
        if endpoint.scheme == .https { return true }
        let host = endpoint.host
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let isLoopback = octets.count == 4 && octets[0] == 127 && !octets.contains(nil)
        return isLoopback
            || ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].contains(host)
    }
}
