extension ModelState.Repository {
    /// The manifests that a tag points at, that an index lists, or that are about something that is there.
    fileprivate var kept: Set<String> {
        var kept = Set(tags.values)
        for manifest in manifests.values {
            kept.formUnion(manifest.manifests)
            if let subject = manifest.subject, manifests[subject] != nil { kept.insert(manifest.digest) }
        }
        return kept
    }

    /// Removes all others, and what only those kept.
    fileprivate mutating func removeUntagged() {
        while true {
            let (before, kept) = (manifests.count, kept)
            manifests = manifests.filter { kept.contains($0.key) }
            if manifests.count == before { return }
        }
    }
}

extension ModelState {
    mutating func collect(untagged: Bool) {
        if untagged {
            for name in repositories.keys { self[name].removeUntagged() }
        }
        let needed = needed
        for name in repositories.keys {
            for blob in self[name].blobs.keys where !needed.contains(blob) {
                // Alone, nobody else can need it.
                self[name].blobs[blob] = isAlone ? nil : .perhaps
            }
        }
    }
}
