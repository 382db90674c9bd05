import NIOCore

/// AssumeRoleWithWebIdentity of AWS's Security Token Service.
struct WebIdentityExchange: Sendable {
    let role: String
    let tokenFile: String
    /// What names the token's file, for messages.
    let tokenFileName: String
    /// Shows up in AWS's audit log.
    let session: String
    let endpoint: String

    init(role: String, tokenFile: String, tokenFileName: String, session: String?, endpoint: String) {
        self.role = role
        self.tokenFile = tokenFile
        self.tokenFileName = tokenFileName
        self.session = session ?? "registryd"
        self.endpoint = endpoint
    }

    /// nil: the profile holds no web identity.
    init?(
        profile: String,
        _ section: [String: String],
        _ surroundings: Surroundings,
        region: String
    ) throws(CredentialError) {
        guard let file = section["web_identity_token_file"] else { return nil }
        guard let role = section["role_arn"] else {
            throw CredentialError(.misconfigured, "profile \(profile) has web_identity_token_file, but no role_arn")
        }
        self.init(
            role: role,
            tokenFile: file,
            tokenFileName: "web_identity_token_file of profile \(profile)",
            session: section["role_session_name"],
            endpoint: Self.endpoint(surroundings, region: region)
        )
    }

    static func endpoint(_ surroundings: Surroundings, region: String) -> String {
        if let endpoint = surroundings["AWS_ENDPOINT_URL_STS"] ?? surroundings["AWS_ENDPOINT_URL"] { return endpoint }
        // The bucket's region may be one that some other S3 server made up.
        let region = surroundings["AWS_REGION"] ?? surroundings["AWS_DEFAULT_REGION"] ?? region
        return "https://sts.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }

    func credentials(in surroundings: Surroundings) async throws -> Credentials {
        // Read each time: the platform renews it.
        let token = try surroundings.token(at: tokenFile, named: tokenFileName)
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session), ("WebIdentityToken", token),
        ]
        let body = form.map { "\($0)=\(percentEncoded($1))" }.joined(separator: "&")
        let request = Surroundings.Request(
            method: "POST",
            url: endpoint.hasSuffix("/") ? endpoint : endpoint + "/",
            headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array(body.utf8)
        )
        let answer = try await surroundings.send(request, attempts: 3, as: "the token service")
        guard answer.status == 200 else { throw refusal(answer) }
        do {
            return try AssumedRole(body: ByteBuffer(bytes: answer.body)).credentials
        } catch {
            throw CredentialError(.unavailable, "the answer of \(endpoint) is not understood", cause: error)
        }
    }

    private func refusal(_ answer: Surroundings.Answer) -> CredentialError {
        let failure = S3Failure(body: ByteBuffer(bytes: answer.body))
        let isTransient = answer.status == 429 || answer.status >= 500 || failure?.code == "IDPCommunicationError"
        return CredentialError(
            isTransient ? .unavailable : .misconfigured,
            "\(endpoint) does not give credentials for role \(role): status \(answer.status)",
            cause: failure
        )
    }
}

private struct AssumedRole: S3Answer {
    static let root = "AssumeRoleWithWebIdentity"

    let credentials: Credentials

    init(_ element: XMLElement) throws(XMLError) {
        guard let found = element.first("AssumeRoleWithWebIdentityResult")?.first("Credentials") else {
            throw XMLError(.unexpected, "<\(element.name)> has no <Credentials>")
        }
        guard let expiration = CivilTime.timestamp(try found.required("Expiration")) else {
            throw XMLError(.unexpected, "<Expiration> is not a time")
        }
        credentials = Credentials(
            accessKeyID: try found.required("AccessKeyId"),
            secretAccessKey: try found.required("SecretAccessKey"),
            sessionToken: try found.required("SessionToken"),
            expiration: expiration
        )
    }
}
