/// One page of a list, and whether there is more after it.
package struct Page<Element: Sendable>: Sendable {
    package var elements: [Element]
    package var hasMore: Bool

    package init(elements: [Element], hasMore: Bool) {
        self.elements = elements
        self.hasMore = hasMore
    }
}

extension Page: Equatable where Element: Equatable {}

extension Registry {
    /// The most tags, repositories or referrers on one page, asked for or not.
    package static let longestPage = 10_000

    /// Tags in ascending order of their bytes, after `last`; at most `limit` (nil: as many as a page takes).
    /// OCI distribution specification, "Listing Tags".
    package func tags(
        after last: String?,
        limit: Int?,
        _ authorization: Authorization
    ) async throws -> Page<Tag> {
        let repository = try authorization.repository(for: .listTags)
        let limit = min(limit ?? Self.longestPage, Self.longestPage)
        guard let tags = try await metadata.tags(in: repository, after: last, limit: limit + 1) else {
            throw Self.unknown(repository)
        }
        return page(tags, limit)
    }

    /// The repositories that the caller may read, in ascending order of their names.
    package func repositories(
        after last: String?,
        limit: Int?,
        _ authorization: Authorization
    ) async throws -> Page<RepositoryName> {
        let limit = min(limit ?? Self.longestPage, Self.longestPage)
        let filter = visible(to: authorization.caller)
        return page(try await metadata.repositories(filter, after: last, limit: limit + 1), limit)
    }

    /// The manifests whose subject is `subject`, in ascending order of their digests ("Listing Referrers"). Those pushed with
    /// the fallback tag are among them: every manifest's subject is taken note of when it is pushed.
    ///
    /// A page holds at most `bytes` of descriptors and annotations, but at least one referrer.
    package func referrers(
        of subject: Digest,
        artifactType: String?,
        after last: Digest?,
        limit: Int = 1000,
        bytes: Int = 2 << 20,
        _ authorization: Authorization
    ) async throws -> Page<Referrer> {
        let repository = try authorization.repository(for: .listReferrers)
        return try await metadata.referrers(
            of: subject, in: repository, artifactType: artifactType, after: last, limit: limit, bytes: bytes)
    }

    private func page<Element>(_ found: [Element], _ limit: Int) -> Page<Element> {
        Page(elements: Array(found.prefix(limit)), hasMore: limit > 0 && found.count > limit)
    }
}
