extension ObjectKey {
    /// A foreign key's path from the storage's root, without the slash at its beginning; empty: it is the root itself.
    ///
    /// nil: the key is not a foreign one, or its path would not be below the root in a file system: it has a component that is
    /// empty, `.` or `..`, or a NUL.
    package var foreignPath: String? {
        guard isForeign else { return nil }
        // By bytes: a combining character after a slash makes one character with it.
        let path = description.utf8.dropFirst()
        if path.isEmpty { return "" }
        let components = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let leadsElsewhere = components.contains { component in
            component.isEmpty || component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8)
                || component.contains(0)
        }
        return leadsElsewhere ? nil : String(Substring(path))
    }
}
