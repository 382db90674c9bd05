import RegistryCore

/// An EC2 instance's metadata service, version 2: a session token, the role's name, its credentials.
///
/// `AWS_EC2_METADATA_DISABLED`, `AWS_EC2_METADATA_SERVICE_ENDPOINT`, `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`.
struct InstanceCredentials: CredentialProvider {
    let name = "instance metadata"

    /// Off EC2 the address leads nowhere, and everybody waits for that.
    private static let timeout = Duration.seconds(1)
    private static let folder = "/latest/meta-data/iam/security-credentials/"

    func credentials(in surroundings: Surroundings) async throws -> CredentialAnswer {
        if surroundings.isTrue("AWS_EC2_METADATA_DISABLED") { return .notHere("AWS_EC2_METADATA_DISABLED is true") }
        let endpoint = Self.endpoint(surroundings)
        func request(_ method: String, _ path: String, _ header: String, _ value: String) -> Surroundings.Request {
            Surroundings.Request(
                method: method, url: endpoint + path, headers: [header: value], timeout: Self.timeout)
        }

        let tokenRequest = request("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "21600")
        let tokenAnswer: Surroundings.Answer
        do {
            tokenAnswer = try await surroundings.send(tokenRequest)
        } catch let error as CancellationError {
            throw error
        } catch {
            return .notHere("nothing answers at \(endpoint): \(error)")
        }
        let token = String(validating: tokenAnswer.body, as: UTF8.self) ?? ""
        guard tokenAnswer.status == 200, !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            if tokenAnswer.status == 429 || tokenAnswer.status >= 500 {
                throw CredentialError(.unavailable, "\(endpoint) gives no token: status \(tokenAnswer.status)")
            }
            return .notHere("\(endpoint) gives no token: status \(tokenAnswer.status)")
        }

        let header = "X-aws-ec2-metadata-token"
        let what = "the instance metadata service"
        let roles = try await surroundings.send(request("GET", Self.folder, header, token), attempts: 3, as: what)
        guard roles.status != 404 else { return .notHere("the instance has no role") }
        let role = String(
            decoding: roles.body.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        guard roles.status == 200, !role.isEmpty else {
            throw CredentialError(.unavailable, "\(endpoint) does not name the instance's role: status \(roles.status)")
        }
        let path = Self.folder + percentEncoded(role)
        let answer = try await surroundings.send(request("GET", path, header, token), attempts: 3, as: what)
        let found = try CredentialDocument(answer, from: "\(endpoint) for role \(role)").credentials
        return .found(Self.extended(found, at: surroundings.now()))
    }

    private static func endpoint(_ surroundings: Surroundings) -> String {
        if let endpoint = surroundings["AWS_EC2_METADATA_SERVICE_ENDPOINT"] {
            return endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        }
        let isIPv6 = surroundings["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        return isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }

    /// When the service cannot renew credentials it goes on handing out expired ones, and S3 goes on taking them.
    private static func extended(_ found: Credentials, at now: Timestamp) -> Credentials {
        guard let expiration = found.expiration, expiration <= now else { return found }
        return Credentials(
            accessKeyID: found.accessKeyID,
            secretAccessKey: found.secretAccessKey,
            sessionToken: found.sessionToken,
            expiration: Timestamp(milliseconds: now.milliseconds + 10 * 60_000)
        )
    }
}
