//! Detects file systems that other machines or programs write too.
//!
//! There, locks and inode numbers do not behave as SQLite and FinRust assume.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

/// The mounts of this process, as Linux reports them; elsewhere every file system counts as local.
const TABLE: &str = "/proc/self/mountinfo";
const REMOTE: [&str; 16] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];

/// The type of the file system that a path is on, when others write it too.
pub fn remote(path: &Path) -> Option<String> {
    let real = fs::canonicalize(path).ok()?;
    let kind = kind_of(&fs::read_to_string(TABLE).ok()?, &real)?;
    is_remote(&kind).then_some(kind)
}

fn is_remote(kind: &str) -> bool {
    REMOTE.contains(&kind) || kind == "fuse" || kind == "fuseblk" || kind.starts_with("fuse.")
}

/// The type of the deepest mount above the path; of several at one mount point, the last.
fn kind_of(table: &str, path: &Path) -> Option<String> {
    let above = table.lines().filter_map(mount).filter(|(point, _)| path.starts_with(point));
    above.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind.to_owned())
}

/// A mount point and its file system type: `36 35 98:0 /root /point rw master:1 - ext4 /dev/x rw`.
fn mount(line: &str) -> Option<(PathBuf, &str)> {
    let (before, after) = line.split_once(" - ")?;
    Some((unescaped(before.split(' ').nth(4)?), after.split(' ').next()?))
}

/// Spaces and similar characters are written as three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let (mut bytes, mut rest) = (Vec::new(), OsString::from(text).as_bytes().to_vec());
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let code = rest.get(at + 1..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(byte) = code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) else { break };
        bytes.extend_from_slice(&rest[..at]);
        bytes.push(byte);
        rest.drain(..at + 4);
    }
    bytes.extend(rest);
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::{is_remote, kind_of};
    use std::path::Path;

    const TABLE: &str = "\
22 1 0:21 / / rw,relatime - overlay overlay rw
23 22 0:22 / /proc rw - proc proc rw
30 22 0:40 / /mnt rw shared:1 - nfs4 server:/x rw
31 30 8:1 / /mnt/local rw shared:1 - ext4 /dev/sda1 rw
32 22 0:41 / /a\\040b rw - fuse.sshfs x rw
33 22 0:42 / /twice rw - ext4 /dev/sdb rw
34 22 0:43 / /twice rw - cifs //x/y rw
a line of another kind";

    #[test]
    fn the_deepest_and_last_mount_counts() {
        for (path, kind, remote) in [
            ("/data", "overlay", false),
            ("/mnt/office", "nfs4", true),
            ("/mntother", "overlay", false),
            ("/mnt/local/office", "ext4", false),
            ("/a b/office", "fuse.sshfs", true),
            ("/twice/office", "cifs", true),
        ] {
            let found = kind_of(TABLE, Path::new(path));
            assert_eq!((found.as_deref(), is_remote(kind)), (Some(kind), remote), "{path}");
        }
        assert_eq!(kind_of("", Path::new("/data")), None);
    }
}
