/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and perhaps `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialProvider {
    let name = "the environment"

    func credentials(in surroundings: Surroundings) async throws -> CredentialAnswer {
        switch (surroundings["AWS_ACCESS_KEY_ID"], surroundings["AWS_SECRET_ACCESS_KEY"]) {
        case (let id?, let secret?):
            return .found(
                Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: surroundings["AWS_SESSION_TOKEN"])
            )
        case (nil, nil):
            return .notHere("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
        case (_?, nil):
            throw CredentialError(.misconfigured, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
        case (nil, _?):
            throw CredentialError(.misconfigured, "AWS_SECRET_ACCESS_KEY is set, AWS_ACCESS_KEY_ID is not")
        }
    }
}
