extension Registry {
    /// Hands out what ``collectGarbage(orphans:actor:origin:_:)`` would remove now, and the objects that it would only note as no row
    /// knows them; and changes nothing. What would become garbage by that is not among it, nor are objects of what was
    /// removed before, whose time has come.
    ///
    /// - Returns: why not, of the backends whose objects were to be listed and could not be.
    @discardableResult
    package func previewGarbage(orphans: Bool, _ body: (Garbage) throws -> Void) async throws -> [String: String] {
        let (rules, time) = (settings.garbage, now())
        var session: UploadSession?
        repeat {
            try Task.checkCancellation()
            let page = try await metadata.idleUploads(since: time - settings.uploadIdle, after: session, limit: 100)
            for session in page { try body(.upload(session)) }
            session = page.last
        } while session != nil

        if let untagged = rules.untagged {
            var place: GarbagePlace?
            repeat {
                try Task.checkCancellation()
                let page = try await metadata.garbageManifests(
                    untaggedBefore: time - untagged, after: place, limit: 100)
                for (manifest, _) in page { try body(.manifest(manifest)) }
                place = page.last?.place
            } while place != nil
        }

        var place: GarbagePlace?
        repeat {
            try Task.checkCancellation()
            let page = try await metadata.garbageBlobs(touchedBefore: time - rules.grace, after: place, limit: 100)
            for (blob, _) in page { try body(.blob(blob)) }
            place = page.last?.place
        } while place != nil

        let limit = time - rules.grace
        return try await forEachListing(orphans, at: time, limit: limit) { name, storage in
            try await forEachOrphan(on: name, storage) { objects in
                let noted = try await metadata.notedOrphans(among: objects.map(\.key), on: name)
                for object in objects {
                    let seen = noted[object.key]
                    if let seen, seen < limit {
                        try body(.orphan(object, backend: name, seen: seen))
                    } else {
                        try body(.youngOrphan(object, backend: name, seen: seen))
                    }
                }
            }
        }
    }
}
