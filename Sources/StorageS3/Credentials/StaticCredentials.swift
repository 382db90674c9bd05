/// Credentials from the configuration.
struct StaticCredentials: CredentialProvider {
    let name = "the configuration"
    let credentials: Credentials

    func credentials(in surroundings: Surroundings) async throws -> CredentialAnswer {
        .found(credentials)
    }
}
