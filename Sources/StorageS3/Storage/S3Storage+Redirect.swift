import RegistryCore

/// Clients fetch blobs from the S3 server themselves.
struct S3Redirect: Sendable, Hashable {
    /// Where they reach the bucket; nil: where we do.
    var address: BucketAddress?
    /// How long what is signed for them works.
    var expires: Duration
}

extension S3Storage {
    func url(_ object: StoredObject) async throws -> ObjectURL? {
        guard let redirect else { return nil }
        let name = try checkedName(of: object.key)
        try await checkOpen()
        return try await storageErrors {
            try await client.url(of: name, at: redirect.address, expiring: redirect.expires)
        }
    }
}
