/*
 * A disk that forgets what was not synced. Preloaded into a process, it keeps a second tree beside the first: each
 * fsync or fdatasync of a file copies what the file then holds, and each fsync of a folder copies which names it
 * holds. After the process is gone the second tree is what a power cut would have left, in the worst case.
 *
 *   JOURNAL_FROM  the folder that is watched    JOURNAL_TO  where the copies go: data/INODE and names/PATH
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void copy_data(int fd, const struct stat *held, const char *to) {
    char draft[4096], place[4096], buffer[65536];
    snprintf(draft, sizeof draft, "%s/data/.%lu.%d", to, (unsigned long)held->st_ino, gettid());
    snprintf(place, sizeof place, "%s/data/%lu", to, (unsigned long)held->st_ino);
    int out = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int in = open(self, O_RDONLY);
    for (ssize_t size; in >= 0 && (size = read(in, buffer, sizeof buffer)) > 0;)
        if (write(out, buffer, size) != size) abort();
    if (in >= 0) close(in);
    close(out);
    rename(draft, place);
}

static void copy_names(const char *path, const char *below, const char *to) {
    char draft[4096], place[4096];
    char flat[4096];
    snprintf(flat, sizeof flat, "%s", *below ? below : "/");
    for (char *at = flat; *at; at++) if (*at == '/') *at = '!';
    snprintf(draft, sizeof draft, "%s/names/.%s.%d", to, flat, gettid());
    snprintf(place, sizeof place, "%s/names/%s", to, flat);
    FILE *out = fopen(draft, "w");
    DIR *folder = opendir(path);
    for (struct dirent *each; folder && (each = readdir(folder));)
        if (strcmp(each->d_name, ".") && strcmp(each->d_name, ".."))
            fprintf(out, "%lu %s\n", (unsigned long)each->d_ino, each->d_name);
    if (folder) closedir(folder);
    fclose(out);
    rename(draft, place);
}

static void keep(int fd) {
    const char *from = getenv("JOURNAL_FROM"), *to = getenv("JOURNAL_TO");
    char self[64], path[4096];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(self, path, sizeof path - 1);
    struct stat held;
    if (!from || !to || length < 0 || fstat(fd, &held)) return;
    path[length] = 0;
    if (strncmp(path, from, strlen(from))) return;
    if (S_ISDIR(held.st_mode)) copy_names(path, path + strlen(from), to);
    else copy_data(fd, &held, to);
}

#define WATCH(name) \
    int name(int fd) { \
        static int (*real)(int); \
        if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name); \
        int answer = real(fd); \
        if (!answer) keep(fd); \
        return answer; \
    }

WATCH(fsync)
WATCH(fdatasync)
