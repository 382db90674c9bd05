import RegistryCore

extension S3Section {
    /// `redirect`.
    struct Redirect: Decodable, Sendable {
        var enabled: Bool
        var publicEndpoint: String?
        var expires: TimeSpan

        private enum Keys: String, CodingKey {
            case enabled, expires
            case publicEndpoint = "public-endpoint"
        }

        /// Throws what is wrong with it, by the key.
        init(from decoder: any Decoder) throws {
            let section = try decoder.container(keyedBy: Keys.self)
            func wrong(_ key: Keys, _ what: String) -> DecodingError {
                DecodingError.dataCorruptedError(forKey: key, in: section, debugDescription: what)
            }
            // Read before anything is thrown, so that none of them counts as unknown.
            let enabled = try section.decodeIfPresent(Bool.self, forKey: .enabled)
            publicEndpoint = try section.decodeIfPresent(String.self, forKey: .publicEndpoint)
            expires =
                try section.decodeIfPresent(TimeSpan.self, forKey: .expires) ?? TimeSpan(milliseconds: 20 * 60_000)
            guard let enabled else {
                throw wrong(.enabled, "missing: say `enabled: true` to redirect, `enabled: false` not to")
            }
            self.enabled = enabled
            guard (.seconds(1)...Signer.longestExpiry).contains(expires.duration) else {
                throw wrong(.expires, "S3 signs for 1s to 7d, not for \(expires)")
            }
            if let publicEndpoint {
                do { _ = try Endpoint(publicEndpoint) } catch { throw wrong(.publicEndpoint, error.message) }
            }
        }
    }
}
