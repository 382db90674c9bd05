extension ModelState {
    /// What there is after an operation was answered so; nil: it cannot have been.
    func after(_ operation: ModelOperation, _ answer: ModelAnswer) -> ModelState? {
        var state = self
        return state.take(operation, answer) ? state : nil
    }

    private mutating func take(_ operation: ModelOperation, _ answer: ModelAnswer) -> Bool {
        switch operation {
        case .pushBlob(let blob, let name):
            if answer == .declined { return true }
            link(blob, to: name)
            return answer == .done
        case .mountBlob(let blob, let source, let name):
            return mount(blob, from: source, to: name, answer)
        case .deleteBlob(let blob, let name):
            return delete(blob, in: name, answer)
        case .pushManifest(let manifest, let name, let tag):
            return push(manifest, to: name, tag, answer)
        case .deleteTag(let tag, let name):
            defer { self[name].tags[tag] = nil }
            return answer == (self[name].tags[tag] == nil ? .unknown : .done)
        case .deleteManifest(let digest, let name):
            guard let manifest = self[name].manifests[digest] else { return answer == .unknown }
            self[name].manifests[digest] = nil
            self[name].tags = self[name].tags.filter { $0.value != digest }
            release(manifest.blobs)
            return answer == .done
        case .readBlob(let blob, let name):
            return read(blob, in: name, answer)
        case .readTag(let tag, let name):
            return answer == (self[name].tags[tag].map { .found($0) } ?? .unknown)
        case .readManifest(let digest, let name):
            return answer == (self[name].manifests[digest] == nil ? .unknown : .done)
        case .listTags(let name):
            return answer == .tags(Set(self[name].tags.keys))
        case .listReferrers(let subject, let type, let name):
            let referrers = self[name].manifests.values.filter {
                $0.subject == subject && (type == nil || $0.artifactType == type)
            }
            return answer == .referrers(Set(referrers.map(\.digest)))
        case .collect(let untagged):
            collect(untagged: untagged)
            return answer == .done
        }
    }

    private mutating func read(_ blob: String, in name: String, _ answer: ModelAnswer) -> Bool {
        if answer == .unknown { return lose(blob, in: name) }
        guard answer == .done, hold(blob, in: name) != nil else { return false }
        // It was there, so it is from now on if something needs it.
        link(blob, to: name)
        return true
    }

    private mutating func mount(_ blob: String, from source: String?, to name: String, _ answer: ModelAnswer) -> Bool {
        let sources = source.map { [$0] } ?? Array(repositories.keys)
        switch answer {
        case .done:
            // Others may have it where nobody said where from.
            guard (source == nil && !isAlone) || sources.contains(where: { hold(blob, in: $0) != nil }) else {
                return false
            }
            link(blob, to: name)
            return true
        case .declined:
            return sources.allSatisfy { lose(blob, in: $0) }
        default:
            return false
        }
    }

    private mutating func delete(_ blob: String, in name: String, _ answer: ModelAnswer) -> Bool {
        switch answer {
        case .done:
            guard hold(blob, in: name) != nil, !self[name].needs(blob) else { return false }
            self[name].blobs[blob] = nil
            return true
        case .unknown: return lose(blob, in: name)
        case .refused: return self[name].needs(blob)
        default: return false
        }
    }

    private mutating func push(_ manifest: ModelManifest, to name: String, _ tag: String?, _ answer: ModelAnswer)
        -> Bool
    {
        let absent = manifest.manifests.filter { self[name].manifests[$0] == nil }
            .union(manifest.blobs.filter { hold($0, in: name) == nil })
        switch answer {
        case .done:
            guard absent.isEmpty else { return false }
            self[name].manifests[manifest.digest] = manifest
            for blob in manifest.blobs { self[name].blobs[blob] = .sure }
            if let tag { self[name].tags[tag] = manifest.digest }
            return true
        case .missing(let missing):
            guard !missing.isEmpty, absent.isSubset(of: missing) else { return false }
            return missing.subtracting(absent).allSatisfy { manifest.blobs.contains($0) && lose($0, in: name) }
        default:
            return false
        }
    }
}
