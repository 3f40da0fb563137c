import { queryOptions } from '@tanstack/react-query';

import { api } from '../../api/client';
import { isProblem } from '../../api/problem';

/** Whether the person is of the staff of this installation: the server tells by letting them look. */
export const staffQuery = queryOptions({
  queryKey: ['staff'],
  queryFn: async () => {
    try {
      await api.GET('/api/v1/admin/support-access', {});
      return true;
    } catch (error) {
      if (isProblem(error) && (error.status === 403 || error.status === 404)) return false;
      throw error;
    }
  },
  staleTime: Infinity,
});
