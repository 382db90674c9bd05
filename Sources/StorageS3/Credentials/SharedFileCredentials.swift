/// A profile in the files that AWS's tools share: `~/.aws/credentials` and `~/.aws/config`.
///
/// The profile is what `AWS_PROFILE` says, or `default`; the files are where `AWS_SHARED_CREDENTIALS_FILE` and
/// `AWS_CONFIG_FILE` say. A profile holds keys, or a role and a web identity token; anything else is refused.
struct SharedFileCredentials: CredentialProvider {
    let name = "shared files"
    /// Of the bucket, for where to exchange a web identity.
    let region: String

    func credentials(in surroundings: Surroundings) async throws -> CredentialAnswer {
        let chosen = surroundings["AWS_PROFILE"] ?? surroundings["AWS_DEFAULT_PROFILE"]
        let profile = chosen ?? "default"
        let credentialsPath = surroundings.path(surroundings["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials")
        let configPath = surroundings.path(surroundings["AWS_CONFIG_FILE"] ?? "~/.aws/config")
        let paths = [credentialsPath, configPath].compactMap { $0 }
        guard !paths.isEmpty else { return .notHere("HOME is not set") }

        let inCredentials = try Self.sections(credentialsPath, surroundings)?[profile]
        let configSections = try Self.sections(configPath, surroundings)
        let inConfig = configSections?["profile \(profile)"] ?? (profile == "default" ? configSections?[profile] : nil)
        for (section, path) in [(inCredentials, credentialsPath), (inConfig, configPath)] {
            guard let section, let path else { continue }
            if let found = try Self.keys(in: section, profile: profile, path: path) { return .found(found) }
        }
        let merged = (inConfig ?? [:]).merging(inCredentials ?? [:]) { $1 }
        if let exchange = try WebIdentityExchange(profile: profile, merged, surroundings, region: region) {
            return .found(try await exchange.credentials(in: surroundings))
        }
        let others = ["credential_process", "sso_session", "sso_start_url", "role_arn"]
        if let other = others.first(where: { merged[$0] != nil }) {
            throw CredentialError(
                .misconfigured,
                "profile \(profile) in \(paths.joined(separator: " or ")) uses \(other), which is not supported; "
                    + "give it keys, or web_identity_token_file and role_arn"
            )
        }
        let places = paths.joined(separator: " nor ")
        guard chosen == nil else {
            throw CredentialError(.misconfigured, "neither \(places) has credentials in a profile “\(profile)”")
        }
        return .notHere("neither \(places) has credentials in a profile “\(profile)”")
    }

    private static func sections(
        _ path: String?,
        _ surroundings: Surroundings
    ) throws(CredentialError) -> [String: [String: String]]? {
        guard let path else { return nil }
        do {
            return try surroundings.readFile(path).map { ProfileFile($0).sections }
        } catch {
            throw CredentialError(.misconfigured, "cannot read \(path)", cause: error)
        }
    }

    private static func keys(
        in section: [String: String],
        profile: String,
        path: String
    ) throws(CredentialError) -> Credentials? {
        switch (section["aws_access_key_id"], section["aws_secret_access_key"]) {
        case (let id?, let secret?):
            return Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: section["aws_session_token"])
        case (nil, nil):
            return nil
        case (let id, _):
            let missing = id == nil ? "aws_access_key_id" : "aws_secret_access_key"
            throw CredentialError(.misconfigured, "profile \(profile) in \(path) has no \(missing)")
        }
    }
}
