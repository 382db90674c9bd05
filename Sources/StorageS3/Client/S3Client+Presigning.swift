import RegistryCore
import Synchronization

extension S3Client {
    /// Credentials that end sooner than this are not worth a URL.
    private static let leastLife = Duration.seconds(10)

    /// A URL with which anybody may get an object for a while. Asks the server nothing.
    ///
    /// Nothing of the answer is overridden: objects are stored with their content type, and a cache is of no use to a
    /// URL that is another one the next time.
    ///
    /// - Parameters:
    ///   - address: Where clients reach the bucket; nil: where we do.
    ///   - expiring: Whole seconds. Less when the credentials end before.
    /// - Returns: nil: the credentials end too soon.
    func url(of name: String, at address: BucketAddress?, expiring: Duration) async throws -> ObjectURL? {
        let credentials = try await credentials.credentials()
        let (place, now) = (place.withLock { $0 }, time.now())
        var lifetime = expiring
        if let expiration = credentials.expiration {
            let left = Duration.milliseconds(expiration.milliseconds - now.milliseconds)
            guard left >= min(expiring, Self.leastLife) else { return nil }
            lifetime = min(lifetime, left)
        }
        lifetime = .seconds(lifetime.components.seconds)
        let text = signer(for: place.region).presign(
            "GET",
            (address ?? place.address).target(name: name),
            expiring: lifetime,
            as: credentials,
            at: Timestamp(milliseconds: now.milliseconds + skew.current)
        )
        return ObjectURL(text, lifetime: lifetime)
    }
}
