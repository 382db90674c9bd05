/// A token that the platform (Kubernetes) keeps in a file, exchanged for a role's credentials.
///
/// `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`, perhaps `AWS_ROLE_SESSION_NAME`.
struct WebIdentityCredentials: CredentialProvider {
    let name = "web identity"
    let region: String

    func credentials(in surroundings: Surroundings) async throws -> CredentialAnswer {
        switch (surroundings["AWS_ROLE_ARN"], surroundings["AWS_WEB_IDENTITY_TOKEN_FILE"]) {
        case (let role?, let file?):
            let exchange = WebIdentityExchange(
                role: role,
                tokenFile: file,
                tokenFileName: "AWS_WEB_IDENTITY_TOKEN_FILE",
                session: surroundings["AWS_ROLE_SESSION_NAME"],
                endpoint: WebIdentityExchange.endpoint(surroundings, region: region)
            )
            return .found(try await exchange.credentials(in: surroundings))
        case (_, nil):
            return .notHere("AWS_WEB_IDENTITY_TOKEN_FILE is not set")
        case (nil, _?):
            throw CredentialError(.misconfigured, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not")
        }
    }
}
