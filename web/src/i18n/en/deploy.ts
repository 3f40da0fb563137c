/** Words of deploying and of source. */
export const deploy = {
  title: 'Deploy a workflow',
  source: {
    files: 'Files',
    entry: 'The workflow’s own file',
    none: 'No source here',
    noneText: 'This version was stored without its source.',
    lines: '{count, plural, one {# line} other {# lines}}',
    same: 'Nothing changed',
    sameText: 'The source of {before} and of {after} is the same.',
    changed: '{count, plural, one {# file changed} other {# files changed}}',
    changedFiles: 'Changed files',
    added: 'added',
    removed: 'removed',
    counts: '{added, plural, one {# line added} other {# lines added}}, {removed, plural, one {# line removed} other {# lines removed}}',
    way: 'How to compare',
    beside: 'Side by side',
    below: 'One below the other',
    side: '{path} of {version}',
  },
};
