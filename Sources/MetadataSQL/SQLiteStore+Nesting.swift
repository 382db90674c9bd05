internal import GRDB
internal import RegistryCore

extension Database {
    private static let listed = """
        SELECT r.digest FROM manifests m JOIN manifest_references r ON r.manifest_id = m.id
        WHERE m.repository_id = :repository AND m.digest = :digest AND r.kind = 'manifest' LIMIT :limit
        """
    private static let listing = """
        SELECT manifest_digest FROM manifest_references
        WHERE digest = :digest AND repository_id = :repository AND kind = 'manifest' LIMIT :limit
        """

    /// What would be wrong with the graph of indexes (``IndexNesting``) if a manifest was stored; nil: nothing.
    ///
    /// It looks upwards, too: in a sparse registry, and after a delete, there may be indexes already that list what is pushed.
    func nestingFlaw(of manifest: NewManifest, in repository: RepositoryName) throws -> IndexNesting.Flaw? {
        let children = Set(manifest.references.filter { $0.kind == .manifest }.map(\.digest.description))
        // An entry counts whether its manifest is there or not, so one that lists nothing adds nothing when it comes.
        guard !children.isEmpty, let repositoryID = try repositoryID(repository) else { return nil }
        let own = manifest.digest.description
        // Pushed again it adds nothing either, and what an older release took stays.
        let known = try texts(Self.listed, ["digest": own, "repository": repositoryID, "limit": Int64.max])
        if children.isSubset(of: known) { return nil }

        var left = IndexNesting.entries
        /// How many levels there are from `first` on, or one more than may be; nil: they have too many entries.
        func levels(from first: Set<String>, _ sql: String) throws -> Int? {
            var (level, count) = (first, 0)
            while !level.isEmpty {
                count += 1
                if count > IndexNesting.levels { break }
                var next: Set<String> = []
                for digest in level {
                    let found = try texts(sql, ["digest": digest, "repository": repositoryID, "limit": left + 1])
                    left -= found.count
                    guard left >= 0 else { return nil }
                    next.formUnion(found)
                }
                level = next
            }
            return count
        }
        guard let below = try levels(from: children, Self.listed), let above = try levels(from: [own], Self.listing)
        else { return .wide }
        return below + above - 1 > IndexNesting.levels ? .deep : nil
    }
}
